"""One queue and one inference thread: pictures of requests that arrive together go through the network together."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np


class Overloaded(RuntimeError):
    """Too many pictures are waiting; come back later."""


@dataclass(frozen=True)
class Answer:
    vector: np.ndarray
    # perf_counter seconds: handed in, taken by the network, done.
    submitted: float
    started: float
    finished: float


@dataclass
class _Waiting:
    pixels: np.ndarray
    submitted: float
    future: "Future[Answer]" = field(default_factory=Future)


class Batcher:
    """
    A batch starts as soon as the network is free and nobody announced is still on the way: a lone request is not delayed, and while
    the network works the next batch gathers by itself. `max_delay_s` bounds how long announced pictures are waited for.

    infer: N x size x size x 3 bytes -> N x dimension floats; only ever called from one thread.
    on_batch: told the size of each batch.
    """

    def __init__(
        self,
        infer: Callable[[np.ndarray], np.ndarray],
        *,
        max_batch: int,
        max_delay_s: float,
        max_waiting: int,
        on_batch: Callable[[int], None] = lambda size: None,
    ) -> None:
        self._infer, self._on_batch = infer, on_batch
        self._max_batch, self._max_delay_s, self._max_waiting = max_batch, max_delay_s, max_waiting
        self._queue: deque[_Waiting] = deque()
        self._announced = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="inference", daemon=True).start()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    @contextmanager
    def announced(self, count: int) -> Iterator[None]:
        """Says that `count` pictures are being decoded and will be submitted, or not, before the block ends."""
        with self._changed:
            if len(self._queue) + self._announced + count > self._max_waiting:
                raise Overloaded(f"{len(self._queue)} pictures are waiting already")
            self._announced += count
        try:
            yield
        finally:
            with self._changed:
                self._announced -= count
                self._changed.notify()

    def submit(self, pictures: list[np.ndarray]) -> list["Future[Answer]"]:
        now = time.perf_counter()
        items = [_Waiting(pixels, now) for pixels in pictures]
        with self._changed:
            self._queue.extend(items)
            self._changed.notify()
        return [item.future for item in items]

    def _take(self) -> list[_Waiting]:
        with self._changed:
            while not self._queue:
                self._changed.wait()
            deadline = time.perf_counter() + self._max_delay_s
            while len(self._queue) < self._max_batch and self._announced > 0:
                left = deadline - time.perf_counter()
                if left <= 0 or not self._changed.wait(left):
                    break
            batch = [self._queue.popleft() for _ in range(min(self._max_batch, len(self._queue)))]
        # Whoever hung up is not computed for.
        return [item for item in batch if item.future.set_running_or_notify_cancel()]

    def _run(self) -> None:
        while True:
            batch = self._take()
            if not batch:
                continue
            started = time.perf_counter()
            try:
                vectors = self._infer(np.stack([item.pixels for item in batch]))
            except Exception as error:  # noqa: BLE001 - the thread must outlive a failed batch
                for item in batch:
                    item.future.set_exception(error)
                continue
            finished = time.perf_counter()
            self._on_batch(len(batch))
            for item, vector in zip(batch, vectors, strict=True):
                item.future.set_result(Answer(vector, item.submitted, started, finished))
