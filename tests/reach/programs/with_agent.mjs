// What https-proxy-agent and its like do: CONNECT, then TLS inside.
import http from "node:http";
import https from "node:https";

const url = new URL(process.argv[2]);
const proxy = new URL(process.env.HTTPS_PROXY);
const connect = http.request({
  method: "CONNECT", host: proxy.hostname, port: proxy.port, path: `${url.host}:443`,
});
connect.on("connect", (response, socket) => {
  if (response.statusCode !== 200) throw new Error(response.statusMessage);
  https.get(url, { socket, agent: false }, (answer) => answer.pipe(process.stdout));
});
connect.end();
