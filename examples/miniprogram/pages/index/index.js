var config = require('../../config')

Page({
  data: { phone: '', refused: false },

  onGetPhoneNumber: function (event) {
    var page = this
    if (!event.detail.code) {
      page.setData({ refused: true })
      return
    }
    wx.request({
      url: config.phoneUrl,
      method: 'POST',
      header: { Authorization: 'Bearer ' + getApp().globalData.token },
      data: { code: event.detail.code },
      success: function (answer) {
        page.setData({ phone: answer.data.phone })
      }
    })
  }
})
