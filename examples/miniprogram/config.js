var host = 'https://test.com'

module.exports = {
  loginUrl: host + '/onLogin',
  phoneUrl: host + '/phone'
}
