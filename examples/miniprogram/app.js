var config = require('config')

App({
  globalData: { token: '' },

  onLaunch: function () {
    var app = this
    wx.login({
      success: function (res) {
        if (!res.code) {
          console.log('登录失败！' + res.errMsg)
          return
        }
        wx.request({
          url: config.loginUrl,
          method: 'POST',
          data: { code: res.code },
          success: function (answer) {
            if (answer.statusCode !== 200) {
              wx.showToast({ title: '登录失败', icon: 'error' })
              return
            }
            app.globalData.token = answer.data.token
            wx.setStorageSync('token', answer.data.token)
          },
          fail: function (error) {
            wx.showToast({ title: error.errMsg, icon: 'none' })
          }
        })
      }
    })
  }
})
