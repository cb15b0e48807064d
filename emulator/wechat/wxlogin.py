"""WxLogin: our own script with the parameters of WeChat's, as its page documents them."""

from __future__ import annotations

# On res.wx.qq.com the page is WeChat's other host; elsewhere it is where the script came from.
# Nothing is encoded here: WeChat's script leaves that to its caller, and so does this.
SCRIPT = b"""\
(function () {
  var own = (document.currentScript && document.currentScript.src) || "";
  var base = own.split("/connect/")[0];
  if (!base || base.split("/")[2] === "res.wx.qq.com") { base = "https://open.weixin.qq.com"; }

  window.WxLogin = function (options) {
    var redirect = options.self_redirect;
    var mode = redirect === true ? "true" : redirect === false ? "false" : "default";
    var address = base + "/connect/qrconnect?appid=" + options.appid +
      "&scope=" + options.scope + "&redirect_uri=" + options.redirect_uri +
      "&state=" + (options.state || "") + "&login_type=jssdk&self_redirect=" + mode +
      "&styletype=" + (options.styletype || "") + "&sizetype=" + (options.sizetype || "") +
      "&bgcolor=" + (options.bgcolor || "") + "&rst=" + (options.rst || "");
    if (options.style) { address += "&style=" + options.style; }
    if (options.href) { address += "&href=" + options.href; }
    if (options.lang === "en") { address += "&lang=en"; }
    if (options.stylelite === 1) { address += "&stylelite=1"; }
    if (options.fast_login === 0) { address += "&fast_login=0"; }

    var frame = document.createElement("iframe");
    frame.setAttribute("frameborder", "0");
    frame.setAttribute("scrolling", "no");
    frame.setAttribute("title", "WeChat");
    frame.width = "300px";
    frame.height = "400px";
    frame.onload = function () {
      if (typeof options.onReady === "function") { options.onReady(true); }
    };
    frame.src = address;
    var place = document.getElementById(options.id);
    place.innerHTML = "";
    place.appendChild(frame);
  };
})();
"""
