# Any image with Python 3.11 or later, pip and venv will do; both stages use the same one, because
# a virtual environment points at the interpreter it was made with.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY scenarios scenarios
COPY emulator emulator
# pip stays behind in its own environment. The .pyc files are marked "never check the source": a
# rebuild that resets file times would otherwise make each start compile everything again, and a
# read-only root could never keep the result.
RUN python3 -m venv /pip \
    && python3 -m venv --without-pip /opt/wechat-emulator \
    && /pip/bin/pip wheel --no-cache-dir --no-deps --wheel-dir /dist . \
    && /pip/bin/pip --python /opt/wechat-emulator/bin/python install --no-cache-dir --no-compile \
        --constraint constraints.txt /dist/*.whl \
    && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/wechat-emulator/lib

FROM ${BASE}
LABEL org.opencontainers.image.title="wechat-emulator" \
      org.opencontainers.image.description="An offline emulator of WeChat's login API, for tests and CI" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
# The official Python images ship their standard library uncompiled; without this half of the start
# is spent on compiling it, every time.
RUN python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash \
        -x '/(ensurepip|idlelib|lib2to3|pydoc_data|site-packages|dist-packages|test|tkinter|turtledemo)/' \
        "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
COPY --from=build /opt/wechat-emulator /opt/wechat-emulator
# A volume mounted here is born with these rights: WECHAT_EMULATOR_CA_DIR=/ca then works for any user.
RUN mkdir -m 0775 /ca
# Nothing is ever written next to the code, so a read-only root changes nothing. Loopback inside a
# container is reachable by nobody: here, and only here, every interface is the default.
ENV PATH=/opt/wechat-emulator/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    WECHAT_EMULATOR_HOST=0.0.0.0 \
    # With the network alias api.weixin.qq.com, clients come to 443 and 80. Docker lets any user
    # listen there; where an engine does not, a line on stderr says so and the others serve.
    WECHAT_EMULATOR_PORT=8480,80 \
    WECHAT_EMULATOR_TLS_PORT=8481,443 \
    WECHAT_EMULATOR_PROXY_PORT=8482 \
    WECHAT_EMULATOR_LENIENT_PORTS=true
# One port, the others need no mention: GitLab waits for every port it finds here.
EXPOSE 8480
# A number, so that Kubernetes can tell it is not root; any other works as well.
USER 10001:0
# It reads the settings of the server beside it, from its flags and its environment: a shared env
# file may well set WECHAT_EMULATOR_URL for the clients.
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["wechat-emulator", "health", "--beside"]
ENTRYPOINT ["wechat-emulator"]
