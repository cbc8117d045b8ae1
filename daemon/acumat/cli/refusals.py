"""What the system refuses, as one sentence with the place and what helps."""

from __future__ import annotations

import errno

from acumat_hw.text_file import shown_text

NO_ROOM = "make room there, and try again (df -h shows the room, df -i how many more files fit)"
FIXES = {
    errno.ENOENT: "check the path",
    errno.EACCES: "it belongs to another user: use sudo, or choose another place",
    errno.EPERM: "only its owner or root may do this: use sudo",
    errno.ENOSPC: NO_ROOM,
    errno.EDQUOT: "delete something of yours there, or ask for a larger quota, and try again",
    errno.EFBIG: NO_ROOM,
    errno.EROFS: "nothing can be written there: choose another place, or restart the machine if its disk is usually writable",
}


def refused_by_system(error: OSError) -> str:
    """What the system did not do, where, and what helps."""
    where = f"{shown_text(error.filename, 300)}: " if isinstance(error.filename, str) else ""
    fix = FIXES.get(error.errno or 0, "")
    return f"{where}{error.strerror or error}{fix and f'; {fix}'}"
