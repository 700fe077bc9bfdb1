"""Which frames of HTTP/2 are cut out, however they arrive."""

import pytest
from h2.exceptions import FrameTooLargeError
from hyperframe.frame import DataFrame, Frame, GoAwayFrame, PingFrame

from connectors.guard.frames import GoAway, cut_go_aways

FRAMES: tuple[Frame, ...] = (
    PingFrame(0, opaque_data=b"12345678"),
    GoAwayFrame(0, last_stream_id=2**31 - 1, error_code=0, additional_data=b"bye"),
    DataFrame(1, data=b"\x00\x00\x08\x07" * 50),
    DataFrame(1, data=b""),
    GoAwayFrame(0, last_stream_id=5, error_code=11),
    PingFrame(0, opaque_data=b"abcdefgh"),
)


@pytest.mark.parametrize("step", [1, 2, 7, 9, 100, 10_000])
def test_what_is_no_parting_comes_through_as_it_was(step: int) -> None:
    data = b"".join(frame.serialize() for frame in FRAMES)
    left, kept, partings = b"", b"", []

    for start in range(0, len(data), step):
        whole, left, found = cut_go_aways(left + data[start : start + step])
        kept += whole
        partings += found

    assert left == b""
    assert partings == [GoAway(2**31 - 1, 0), GoAway(5, 11)]
    assert kept == b"".join(
        frame.serialize() for frame in FRAMES if not isinstance(frame, GoAwayFrame)
    )


def test_a_frame_that_is_too_long_is_refused_by_its_head() -> None:
    _, left, _ = cut_go_aways((16_384).to_bytes(3) + bytes(6))
    assert len(left) == 9

    with pytest.raises(FrameTooLargeError):
        cut_go_aways((16_385).to_bytes(3) + bytes(6))


def test_a_parting_without_its_numbers_breaks_the_rules() -> None:
    assert cut_go_aways(b"\x00\x00\x03\x07" + bytes(5) + b"bye") == (b"", b"", [GoAway(0, 1)])
