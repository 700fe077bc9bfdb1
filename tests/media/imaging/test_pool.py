"""The pool survives whatever happens to its children, and gives them nothing to harm with."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from media.imaging.errors import ImageCrashedError, ImageUnsupportedError
from media.imaging.pool import RenditionPool
from media.imaging.values import Limits, Rendered
from media.imaging.worker import Worker
from tests.media.imaging.pictures import encode, make_scene, make_slow_jpeg
from tests.processes import has_ended

ROOT = Path(__file__).resolve().parents[3]
SCENE = encode(make_scene())


def children() -> list[psutil.Process]:
    return psutil.Process().children()


class TestChildren:
    def test_start_when_needed_and_end_with_the_pool(self) -> None:
        before = {child.pid for child in children()}
        pool = RenditionPool(processes=2)
        assert {child.pid for child in children()} == before

        pool.render(SCENE)
        own = [child for child in children() if child.pid not in before]
        pool.close()

        assert len(own) == 1
        assert has_ended(own[0])

    def test_killed_child_fails_its_picture_only(self) -> None:
        before = {child.pid for child in children()}
        with RenditionPool(processes=1) as pool:
            pool.inspect(SCENE)
            (victim,) = [child for child in children() if child.pid not in before]
            killer = threading.Thread(target=kill_when_busy, args=(victim,))
            killer.start()

            with pytest.raises(ImageCrashedError) as caught:
                pool.render(make_slow_jpeg())

            killer.join()
            assert caught.value.code == "image_crashed"
            assert caught.value.context == {"exit_status": -signal.SIGKILL}
            assert pool.render(SCENE).width_px == 320

    def test_at_work_end_as_soon_as_their_caller_must(self) -> None:
        is_wanted_no_more = threading.Event()
        slow = [make_slow_jpeg()] * 6
        with RenditionPool(processes=2, limits=Limits(timeout_s=200)) as pool:
            pool.render(SCENE)
            threading.Timer(0.5, is_wanted_no_more.set).start()
            began = time.monotonic()

            made = list(pool.render_many(slow, must_end=is_wanted_no_more.is_set))

            assert time.monotonic() - began < 5
            assert made == []
            # The pool is as good as before.
            assert pool.render(SCENE).width_px == 320

    def test_child_that_died_while_idle_is_replaced(self) -> None:
        before = {child.pid for child in children()}
        with RenditionPool(processes=1) as pool:
            pool.inspect(SCENE)
            (idle,) = [child for child in children() if child.pid not in before]
            idle.kill()
            psutil.wait_procs([idle])

            assert pool.render(SCENE).width_px == 320

    def test_child_is_replaced_after_its_share(self) -> None:
        limits = Limits(pictures_per_child=2)
        seen = set()
        with RenditionPool(processes=1, limits=limits) as pool:
            for _ in range(4):
                pool.inspect(SCENE)
                seen |= {child.pid for child in children()}
                assert pool.inspect(SCENE).width_px == 320
        assert len(seen) >= 3


class TestConfinement:
    @pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks the Linux kernel")
    def test_kernel_confirms_the_limits(self) -> None:
        worker = Worker(Limits())
        status = dict(
            line.split(":\t", 1)
            for line in Path(f"/proc/{worker.pid}/status").read_text().splitlines()
            if ":\t" in line
        )
        process = psutil.Process(worker.pid)
        soft_memory, _ = process.rlimit(psutil.RLIMIT_AS)
        limits = [process.rlimit(kind) for kind in (psutil.RLIMIT_FSIZE, psutil.RLIMIT_NPROC)]
        worker.close()

        assert worker.protections == ("rlimits", "no_new_privs", "seccomp")
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
        assert soft_memory == Limits().memory_bytes
        assert limits == [(0, 0), (0, 0)]

    def test_child_sees_no_environment_of_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAGPIE_SECRET_CANARY", "1")
        worker = Worker(Limits())
        environment = Path(f"/proc/{worker.pid}/environ")
        seen = environment.read_bytes() if environment.exists() else b""
        worker.close()

        assert b"CANARY" not in seen


class TestProcessorLimit:
    """Counted by the processor's clock, so a busy machine changes nothing."""

    @pytest.mark.parametrize(
        ("burned_s", "exit_status"), [("0.6, 0.6, 0.6, 0.6", 0), ("2.5", -signal.SIGXCPU)]
    )
    def test_each_picture_has_its_own_seconds(self, burned_s: str, exit_status: int) -> None:
        script = (
            "import time\n"
            "from media.imaging.sandbox import allow_cpu_seconds\n"
            f"for seconds in ({burned_s},):\n"
            "    allow_cpu_seconds(1)\n"
            "    began = time.process_time()\n"
            "    while time.process_time() - began < seconds: pass\n"
        )

        ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)

        assert ended.returncode == exit_status


class TestRenderMany:
    def test_outcomes_keep_the_order_and_errors_are_among_them(self, pool: RenditionPool) -> None:
        sources = [SCENE, b"no picture", encode(make_scene(40, 30), "GIF")] * 3

        outcomes = list(pool.render_many(sources))

        assert [
            (outcome.width_px if isinstance(outcome, Rendered) else outcome.code)
            for outcome in outcomes
        ] == [320, "image_unsupported", 40] * 3

    def test_sources_are_not_all_read_ahead(self, pool: RenditionPool) -> None:
        taken = []

        def sources() -> Iterator[bytes]:
            for at in range(20):
                taken.append(at)
                yield SCENE

        outcomes = pool.render_many(sources())
        next(outcomes)

        assert len(taken) <= 3
        assert len(list(outcomes)) == 19

    def test_threads_share_the_pool(self, pool: RenditionPool) -> None:
        results = []
        threads = [
            threading.Thread(target=lambda: results.append(pool.render(SCENE).phash))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(results) == 8
        assert len(set(results)) == 1


class TestSources:
    def test_path_and_bytes_give_the_same(self, pool: RenditionPool, tmp_path: Path) -> None:
        path = tmp_path / "named.jpg"
        path.write_bytes(SCENE)

        assert pool.render(path) == pool.render(SCENE)
        assert pool.inspect(path).media_type == "image/png"

    def test_html_named_jpg_is_no_picture(self, pool: RenditionPool, tmp_path: Path) -> None:
        path = tmp_path / "picture.jpg"
        path.write_text("<html><script>alert(1)</script></html>")

        with pytest.raises(ImageUnsupportedError):
            pool.render(path)

    def test_closed_pool_takes_nothing(self) -> None:
        pool = RenditionPool(processes=1)
        pool.close()

        with pytest.raises(RuntimeError, match="closed"):
            pool.render(SCENE)


def kill_when_busy(process: psutil.Process) -> None:
    """Kill ``process`` as soon as it computes."""
    idle = process.cpu_times().user
    while process.cpu_times().user - idle < 0.2:
        os.sched_yield()
    process.kill()
