"""A log file that never grows beyond bounds: the newest part, and a few older ones beside it."""

import contextlib
from pathlib import Path

LARGEST = 5 * 1024 * 1024  # bytes a part
OLDER_PARTS = 3


class LogFile:
    """Appends bytes; past the limit `x.log` becomes `x.log.1`, and so on to `x.log.3`."""

    def __init__(self, path: Path, *, largest: int = LARGEST, older: int = OLDER_PARTS) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._largest = largest
        self._older = older
        self._file = path.open("ab", buffering=0)

    def write(self, data: bytes) -> None:
        """Append; turns over first when the file is full. What a full disk does not take is lost:
        the process whose words these are must go on.
        """
        with contextlib.suppress(OSError, ValueError):
            self._append(data)

    def _append(self, data: bytes) -> None:
        if self._file.tell() + len(data) > self._largest and self._file.tell():
            self._turn_over()
        self._file.write(data)

    def close(self) -> None:
        self._file.close()

    def _turn_over(self) -> None:
        self._file.close()
        for number in range(self._older, 0, -1):
            newer = self._part(number - 1)
            if newer.exists():
                newer.rename(self._part(number))
        self._file = self._path.open("ab", buffering=0)

    def _part(self, number: int) -> Path:
        return self._path if number == 0 else Path(f"{self._path}.{number}")
