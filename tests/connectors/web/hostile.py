"""A page that tries every way to the network that it knows, and the listeners that wait for it."""

import contextlib
import html
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self

REDIRECTS: Final = (301, 302, 303, 307, 308)
_TLS: Final = b"\x16\x03"


class Listeners:
    """Listens on loopback, TCP and UDP, and remembers by which way somebody came.

    Attributes:
        hits: names of ways: the last part of a path, else the name of the port.
    """

    def __init__(self) -> None:
        self.hits: set[str] = set()
        self._sockets: list[socket.socket] = []
        self.port = self._listen("tcp", "127.0.0.1")
        self.silent_port = self._listen("preconnect", "127.0.0.1")
        self.turn_port = self._listen("webrtc-tcp", "127.0.0.1")
        self.port_v6 = self._listen("tcp-v6", "::1")
        self.udp_port = self._hear("webrtc-udp")
        self.quic_port = self._hear("webtransport-udp")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _listen(self, name: str, host: str) -> int:
        sock = socket.create_server((host, 0), family=_family(host), backlog=128)
        return self._start(sock, self._accept, name)

    def _hear(self, name: str) -> int:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        return self._start(sock, self._receive, name)

    def _start(self, sock: socket.socket, work: object, name: str) -> int:
        self._sockets.append(sock)
        threading.Thread(target=work, args=(sock, name), daemon=True).start()  # type: ignore[arg-type]
        return int(sock.getsockname()[1])

    def _accept(self, sock: socket.socket, name: str) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = sock.accept()
                threading.Thread(target=self._greet, args=(connection, name), daemon=True).start()

    def _receive(self, sock: socket.socket, name: str) -> None:
        with contextlib.suppress(OSError):
            # A socket that is shut down wakes with nobody's message.
            while sock.recvfrom(4096)[1]:
                self.hits.add(name)

    def _greet(self, connection: socket.socket, name: str) -> None:
        connection.settimeout(3)
        with connection, contextlib.suppress(OSError):
            data = connection.recv(4096)
            words = data.split(b" ", 2)
            if data.startswith(_TLS):
                self.hits.add(f"{name}-tls")
            elif len(words) > 2 and b"/c/" in words[1]:
                self.hits.add(words[1].rpartition(b"/")[2].decode())
            else:
                self.hits.add(name)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n"
                b"Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: *\r\n"
                b"Content-Type: text/javascript\r\n\r\n"
            )


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class HostileSite(ThreadingHTTPServer):
    """Serves the page, its workers, and redirects to the listeners."""

    daemon_threads = True

    def __init__(self, listeners: Listeners) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files_of(listeners)
        self.base = f"http://127.0.0.1:{listeners.port}/c/"
        self.seen: set[str] = set()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about a browser that was killed."""


class _Handler(BaseHTTPRequestHandler):
    server: HostileSite

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.seen.add(path)
        status, _, name = path.removeprefix("/r/").partition("/")
        body, media_type = self.server.files.get(path, ("", "text/plain"))
        self.send_response(int(status) if path.startswith("/r/") else 200)
        if path.startswith("/r/"):
            self.send_header("Location", self.server.base + name)
        if path == "/reporting":
            endpoint = self.server.base
            self.send_header("Content-Security-Policy", f"img-src 'none'; report-uri {endpoint}csp")
            self.send_header("Link", f"<{endpoint}link-header>; rel=preload; as=style")
            self.send_header("Reporting-Endpoints", f'default="{endpoint}reporting"')
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET  # noqa: N815  # the base class calls it so

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def files_of(listeners: Listeners) -> dict[str, tuple[str, str]]:
    """Return the files of the site by path, each with its media type."""
    base = f"http://127.0.0.1:{listeners.port}/c/"
    values = {
        "BASE": base,
        "WS": base.replace("http", "ws"),
        "TLS": base.replace("http", "https"),
        "SILENT": f"http://127.0.0.1:{listeners.silent_port}/",
        "STUN": f"stun:127.0.0.1:{listeners.udp_port}",
        "TURN": f"turn:127.0.0.1:{listeners.turn_port}?transport=tcp",
        "QUIC": f"https://127.0.0.1:{listeners.quic_port}/",
        "V6": f"http://[::1]:{listeners.port_v6}/c/",
        "PORT": str(listeners.port),
    }
    files = {
        "/": (_PAGE, "text/html"),
        "/worker.js": (_WORKER, "text/javascript"),
        "/shared.js": (_SHARED, "text/javascript"),
        "/sw.js": ("fetch('{BASE}service-worker', {mode: 'no-cors'})", "text/javascript"),
        "/reporting": ("<img src='{BASE}never'>", "text/html"),
        "/refresh": ("<meta http-equiv=refresh content='0;url={BASE}meta-refresh'>", "text/html"),
        "/style.css": (_STYLE, "text/css"),
    }
    return {path: (_fill(text, values), kind) for path, (text, kind) in files.items()}


def _fill(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


# Names and spellings of this machine; what they are worth is seen at the ports and by the spy.
_SPELLINGS: Final = {
    "localhost": "http://localhost:{PORT}/c/",
    "sub-localhost": "http://a.localhost:{PORT}/c/",
    "decimal": "http://2130706433:{PORT}/c/",
    "hexadecimal": "http://0x7f000001:{PORT}/c/",
    "octal": "http://0177.0.0.1:{PORT}/c/",
    "short": "http://127.1:{PORT}/c/",
    "other-loopback": "http://127.0.0.2:{PORT}/c/",
    "any": "http://0.0.0.0:{PORT}/c/",
    "v6": "{V6}",
    "public-name": "http://evil.org:{PORT}/c/",
    # These can only be seen by the spy: nobody listens there.
    "port-80": "http://127.0.0.2/c/",
    "port-443": "https://127.0.0.2/c/",
    "name-80": "http://evil.org/c/",
    "name-443": "https://evil.org/c/",
    "mapped-v6": "http://[::ffff:127.0.0.2]/c/",
    "metadata": "http://169.254.169.254/c/",
}
_STYLE: Final = """
@import "{BASE}css-import";
@font-face { font-family: x; src: url("{BASE}font"); }
body { font-family: x; background: url("{BASE}css-background");
  cursor: url("{BASE}css-cursor"), auto; list-style-image: url("{BASE}css-list"); }
#mask { mask-image: url("{BASE}css-mask"); width: 9px; height: 9px; }
#set { content: image-set("{BASE}css-image-set" 1x); }
#ball::before { content: url("{BASE}css-content"); }
"""
_WORKER: Final = """
fetch("{BASE}worker-fetch", {mode: "no-cors"}).catch(() => 0);
const request = new XMLHttpRequest(); request.open("GET", "{BASE}worker-xhr"); request.send();
try { new WebSocket("{WS}worker-websocket"); } catch (error) {}
try { new EventSource("{BASE}worker-eventsource"); } catch (error) {}
try { importScripts("{BASE}worker-import"); } catch (error) {}
"""
_SHARED: Final = """
fetch("{BASE}shared-worker", {mode: "no-cors"}).catch(() => 0);
try { new WebSocket("{WS}shared-worker-websocket"); } catch (error) {}
"""
_RULES: Final = json.dumps(
    {
        "prefetch": [
            {"source": "list", "urls": ["{BASE}speculation-prefetch"], "eagerness": "immediate"}
        ],
        "prerender": [
            {"source": "list", "urls": ["/r/302/speculation-prerender"], "eagerness": "immediate"}
        ],
    }
)
_SCRIPT: Final = (
    """
const quietly = (work) => {
  try { const it = work(); it && it.catch && it.catch(() => 0); } catch {}
};
const base = "{BASE}", any = {mode: "no-cors"};
quietly(() => fetch(base + "fetch", any));
quietly(() => fetch(base + "fetch-post", {...any, method: "POST", body: "x"}));
quietly(() => fetch(base + "fetch-keepalive", {...any, keepalive: true}));
quietly(() => fetch(base + "fetch-preflight", {headers: {"X-A": "b"}}));
quietly(() => fetch("{TLS}fetch-tls", any));
quietly(() => fetchLater(base + "fetch-later", {activateAfter: 0}));
quietly(() => { const x = new XMLHttpRequest(); x.open("GET", base + "xhr"); x.send(); });
quietly(() => { navigator.sendBeacon(base + "beacon", "x"); });
quietly(() => { new EventSource(base + "eventsource"); });
quietly(() => { new WebSocket("{WS}websocket"); });
quietly(() => { new WebSocketStream("{WS}websocket-stream"); });
quietly(() => { new WebTransport("{QUIC}"); });
quietly(() => { new Worker("/worker.js"); });
quietly(() => { new SharedWorker("/shared.js"); });
quietly(() => navigator.serviceWorker.register("/sw.js"));
quietly(() => import(base + "import"));
quietly(() => CSS.paintWorklet.addModule(base + "paint-worklet"));
quietly(() => new AudioContext().audioWorklet.addModule(base + "audio-worklet"));
quietly(() => new FontFace("y", `url(${base}font-face)`).load());
quietly(() => { new Image().src = base + "new-image"; });
quietly(() => { new Audio(base + "new-audio"); });
quietly(() => { window.open(base + "window-open"); });
quietly(() => { document.querySelector("#post").submit(); });
quietly(() => { document.querySelector("#get").submit(); });
quietly(() => { document.querySelector("#ping").click(); });
quietly(() => { frames.location_frame.location = base + "frame-location"; });
quietly(() => { document.body.insertAdjacentHTML("beforeend", `<img src="${base}inserted">`); });
for (const status of [301, 302, 303, 307, 308]) {
  quietly(() => fetch(`/r/${status}/redirect-${status}`, any));
}
for (const [name, there] of Object.entries(SPELLINGS)) {
  quietly(() => fetch(there + "at-" + name, any));
  quietly(() => { new Image().src = there + "image-at-" + name; });
}
for (let turn = 0; turn < 6; turn++) {
  setTimeout(() => quietly(() => fetch("http://rebind.org/" + turn, any)), turn * 100);
}
quietly(() => {
  const peer = new RTCPeerConnection({iceServers: [
    {urls: "{STUN}"}, {urls: "{TURN}", username: "a", credential: "b"}]});
  peer.createDataChannel("x");
  return peer.createOffer().then((offer) => peer.setLocalDescription(offer));
});
"""
).replace("SPELLINGS", json.dumps(_SPELLINGS))
_PAGE: Final = f"""<!DOCTYPE html><html><head><title>Hostile</title>
<link rel=stylesheet href="/style.css"><link rel=stylesheet href="{{BASE}}stylesheet">
<link rel=prefetch href="{{BASE}}prefetch"><link rel=preload as=script href="{{BASE}}preload">
<link rel=modulepreload href="{{BASE}}modulepreload"><link rel=preconnect href="{{SILENT}}">
<link rel=dns-prefetch href="//evil.org"><link rel=manifest href="{{BASE}}manifest">
<link rel=icon href="{{BASE}}icon"><link rel=prerender href="{{BASE}}prerender">
<script type=speculationrules>{_RULES}</script>
<script src="{{BASE}}script"></script><script type=module src="{{BASE}}module"></script></head>
<body background="{{BASE}}body-background">
<img src="{{BASE}}image"><img srcset="{{BASE}}srcset 1x"><img src="/r/302/image-redirect">
<picture><source srcset="{{BASE}}picture"><img></picture><input type=image src="{{BASE}}input">
<svg><image href="{{BASE}}svg-image"/><use href="{{BASE}}svg-use#a"/></svg>
<video src="{{BASE}}video" autoplay muted poster="{{BASE}}poster"></video>
<audio src="{{BASE}}audio" preload=auto></audio>
<video muted autoplay><source src="{{BASE}}source"><track default src="{{BASE}}track"></video>
<object data="{{BASE}}object"></object><embed src="{{BASE}}embed">
<iframe src="{{BASE}}iframe"></iframe><iframe src="/r/301/iframe-redirect"></iframe>
<iframe src="/refresh"></iframe><iframe src="/reporting"></iframe>
<iframe name=location_frame></iframe>
<iframe srcdoc="{html.escape('<img src="{BASE}srcdoc">')}"></iframe>
<iframe name=target></iframe><iframe name=other></iframe>
<form id=post target=target method=post action="{{BASE}}form-post"></form>
<form id=get target=other action="{{BASE}}form-get"><input name=a></form>
<a id=ping href="#here" ping="{{BASE}}ping">x</a>
<p id=mask></p><p id=set></p><p id=ball></p><table background="{{BASE}}table"><tr><td></table>
<script>{_SCRIPT}</script></body></html>"""
