"""QR codes as pictures within a page: no other origin, no inline style."""

from __future__ import annotations

import segno
from markupsafe import Markup

QUIET_ZONE = 4  # modules of white around it, as ISO/IEC 18004 wants


def qr_code(text: str) -> Markup:
    """A picture (SVG) of a text; nothing for no text, or for one that no QR code holds."""
    if not text:
        return Markup("")
    try:
        made = segno.make(text, error="m", micro=False)
    except segno.DataOverflowError:
        return Markup("")
    drawn = made.svg_inline(border=QUIET_ZONE, light="#fff", omitsize=True, svgclass="qr",
                            lineclass=None)  # fmt: skip
    # What is drawn holds paths of numbers only: the text itself is not in it.
    return Markup(drawn)
