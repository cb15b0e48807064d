module.exports = { loginUrl: 'https://test.com/onLogin' }
