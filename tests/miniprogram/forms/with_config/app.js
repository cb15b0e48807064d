var CONGIF = require('config')
var OBJ_APP_DATA = {}
OBJ_APP_DATA['onLaunch'] = function () {
  wx.login({
    success: function (res) {
      if (res.code) {
        wx.request({
          url: CONGIF.loginUrl,
          data: { code: res.code },
          method: 'GET',
          success: function (answer) { console.log('logged in', answer.statusCode) }
        })
      } else {
        console.log('获取用户登录态失败！' + res.errMsg)
      }
    }
  })
}
App(OBJ_APP_DATA)
