"""The stand-in as a process of its own: says its port, serves until its input ends.

Each line of the input is JSON, by which the attributes of `FakeWeb` are set; each is answered by a
line with what was asked of it so far.
"""

import argparse
import gc
import sys

import orjson

from tests.pinterest_web.fake import FakeWeb, serving


def main() -> None:
    """Serve pins of any id."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--jitter-ms", type=float, default=0.0)
    arguments = parser.parse_args()
    web = FakeWeb(is_endless=True)
    web.latency_s, web.jitter_s = arguments.latency_ms / 1000, arguments.jitter_ms / 1000
    # It takes no more of a machine that others measure on than it has to.
    gc.freeze()
    gc.set_threshold(50_000)
    with serving(web) as port:
        _say(port)
        for line in sys.stdin:
            for name, value in orjson.loads(line).items():
                setattr(web, name, set(value) if isinstance(value, list) else value)
            told = {"asked": web.asked.total(), "ids": len(web.asked), "pages": web.pages}
            _say(told | {"most_under_way": web.most_under_way})


def _say(value: object) -> None:
    sys.stdout.write(orjson.dumps(value).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
