"""Makes the ten-digit cut of Be Vietnam Pro with equal advances (src/ui/fonts/*.woff2).

The package's files have no tabular figures ("1" is 0.385 em wide, "4" 0.710), so a
countdown would tremble. Run once after the font package changed:

    uv run --with fonttools==4.62.0 --with brotli==1.2.0 scripts/tabular-digits.py
"""

from __future__ import annotations

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

WEB = Path(__file__).parent.parent
SOURCE = WEB / "node_modules/@fontsource/be-vietnam-pro/files"
TARGET = WEB / "src/ui/fonts"
ADVANCE_EM = 0.64
WEIGHTS = (400, 600, 700)
FAMILY = "Hoptt Digits"


def cut(weight: int) -> Path:
    """Write the digits of one weight, each centred in an advance of 0.64 em."""
    font = TTFont(SOURCE / f"be-vietnam-pro-latin-{weight}-normal.woff2")
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=False, name_IDs=[1, 2, 13, 14])
    cutter = subset.Subsetter(options)
    cutter.populate(text="0123456789")
    cutter.subset(font)
    advance = round(ADVANCE_EM * font["head"].unitsPerEm)
    glyphs, metrics = font["glyf"], font["hmtx"].metrics
    for name in font.getGlyphOrder():
        if name == ".notdef":
            continue
        glyph = glyphs[name]
        width = glyph.xMax - glyph.xMin
        shift = (advance - width) // 2 - glyph.xMin
        glyph.coordinates.translate((shift, 0))
        glyph.recalcBounds(glyphs)
        metrics[name] = (advance, glyph.xMin)
    for record in font["name"].names:
        if record.nameID == 1:  # the licence (OFL) asks for another name of a changed font
            record.string = FAMILY
    font.flavor = "woff2"
    target = TARGET / f"digits-{weight}.woff2"
    font.save(target)
    return target


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    for each in WEIGHTS:
        made = cut(each)
        print(f"{made.name}: {made.stat().st_size} bytes")
