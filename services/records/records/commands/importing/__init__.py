"""Taking other systems' data into the record."""

from .report import FileReport, Listener, RunReport
from .run import import_paths
from .taking import take_file

__all__ = ["FileReport", "Listener", "RunReport", "import_paths", "take_file"]
