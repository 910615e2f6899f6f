"""A process that is well: answers /live and /ready, says one line, and ends on SIGTERM."""

import http.server
import sys


class Well(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path in ("/live", "/ready") else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


print('{"event": "child.started"}', flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Well).serve_forever()
