"""Data that WeChat really encrypted and signed, from its pages and from public SDKs' tests."""

from __future__ import annotations

from typing import NamedTuple


class Sealed(NamedTuple):
    """A session's data, encrypted and plain."""

    appid: str
    session_key: str
    iv: str
    encrypted_data: str
    plaintext: str
    plaintext_sha256: str


# The sample of the signature page; wechatpy, WxJava and easywechat test with it as well.
OFFICIAL = Sealed(
    "wx4f4bc4dec97d474b",
    "tiihtNczf5v6AKRyjwEUhQ==",
    "r7BXXKkLb8qrSNn05n0qiA==",
    (
        "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7f"
        "JlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8"
        "Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GR"
        "HpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UI"
        "eorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYT"
        "opNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T"
        "8yO5hzuyDb/XcxxmK01EpqOyuxINew=="
    ),
    (
        '{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"Band","gender":1,"language"'
        ':"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"h'
        "ttp://wx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7G"
        'Fhsf8OYrySdbvAMvTsw3mo8ibKicsnfN5pRjl1p8HQ/0","unionId":"ocMvos6NjeKLIBqg5Mr9Qjx'
        'rP1FA","watermark":{"timestamp":1477314187,"appid":"wx4f4bc4dec97d474b"}}'
    ),
    "3237d8a5dbd413523c194882c7156544d8a06e2afcc97383cc300c17bd09391b",
)
# Senparc's EncryptHelperTests: a name beyond ASCII, no unionId, 15 bytes of padding.
SENPARC = Sealed(
    "wxfcb0a0031394a51c",
    "/mGmINZAe+7k6kNz32wxSw==",
    "ASJ0whjRyLK1tvgb7bAVSw==",
    (
        "CFcsIXmH2r0v9ehjEhS+uUpJkr8qGQyt+Za3YkhjVNNA+xGj2WB2QFxDXdKVSzc10LukeB2maCxZCqpPQrWQ"
        "x6CKF/VkEx96hXpPuBMpWBnnLzupoJpkRW9gJGRz7dcXDnqzstf2etRumDeAFDyjEKZ6bqs+KTE7qHauMsct"
        "xg4TXPbzzvWQm783j9PoWsCm/0A+aGNWCfZSFuJgi5G+LjTVqcGqP+mlAnLIFmgGLTo3vWrekz0//2vCMhgc"
        "gwKjPMR+VZTB7UItvnWfF4h4oOajcMuEiwTifaFkyn7l4NtLroMYjOfId16B6XCTK0BvPhTw9GI3wPMDopwW"
        "F2q3Op8M2fYWJuVGFKbrAZvVY/ILeIxYLaHuwHAOYULLre5Mg1kQpURlQ6I6e6GjraJUoL1BqsM38DayY5xR"
        "RFJsehZgrWkOySWICuN20Bte7+2N8D6PvhsaNyQz+4Lp4XY/Nn+clNGoM1v6aKTCv7PY2wo="
    ),
    (
        '{"openId":"onh7q0DGM1dctSDbdByIHvX4imxA","nickName":"苏震巍","gender":1,"language":'
        '"zh_CN","city":"Suzhou","province":"Jiangsu","country":"CN","avatarUrl":"http://'
        "wx.qlogo.cn/mmopen/vi_32/PiajxSqBRaEKXyjX4N6I5Vx1aeiaBeJ2iaTLy15n0HgvjNbWEpKA3Zb"
        'dgXkOhWK7OH8iar3iaLxsZia5Ha4DnRPlMerw/0","watermark":{"timestamp":1485785979,"ap'
        'pid":"wxfcb0a0031394a51c"}}'
    ),
    "afaed2a610f7a5e617702a294b292bd0e004477f341e9649be9f9e82737867a7",
)
SEALED = (OFFICIAL, SENPARC)

_BAND = (
    '{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guan'
    'gdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4Lt'
    'QpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}'
)
_XAVIER = (
    '{"nickName":"Xavier-Lam林","gender":1,"language":"zh_CN","city":"Ningde","province":"'
    'Fujian","country":"China","avatarUrl":"https://wx.qlogo.cn/mmopen/vi_32/vTxUxcbjcZ8t'
    '9eU6YfXBwRU89KS9uRILEDro01MTYp7UKYsyTjLFMIVhB0AlBuEvLHbhmO3OpaHw5zwlSetuLg/132"}'
)
_SU = (
    '{"nickName":"苏震巍","gender":1,"language":"zh_CN","city":"Suzhou","province":"Jiangsu"'
    ',"country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/PiajxSqBRaEKXyjX4N6I5Vx'
    '1aeiaBeJ2iaTLy15n0HgvjNbWEpKA3ZbdgXkOhWK7OH8iar3iaLxsZia5Ha4DnRPlMerw/0"}'
)

# session_key, rawData, signature: the signature page, wechatpy's test_utils, Senparc twice.
DATA_SIGNATURES = (
    ("HyVFkGl5F5OQWJZZaNzBBg==", _BAND, "75e81ceda165f4ffa64f4068af58c64b8f54b88c"),
    ("GtYYez5b/M5HhT4L7n31gQ==", _XAVIER, "8fde625b7640734a13c071c05d792b5cef21cf89"),
    ("jCdFs2HMx+A9Dr9lhMJKxA==", _SU, "2d65ebea7c7f500bfb874b71569a591047452d38"),
    ("lEIWEBVlmAj/Ng0t54iahA==", _SU, "1149a88c75125de3146040c90d7bcc4b2a564a34"),
)

# session_key, message, signature: the first is the session-signature page's, the others computed.
SESSION_SIGNATURES = (
    (
        "o0q0otL8aEzpcZL/FT9WsQ==",
        b'{"foo":"bar"}',
        "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b",
    ),
    (
        "o0q0otL8aEzpcZL/FT9WsQ==",
        b"",
        "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128",
    ),
    (
        "tiihtNczf5v6AKRyjwEUhQ==",
        b"",
        "7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735",
    ),
)
