"""Measures, with Pillow alone, that every covered block of a delivered picture is the fill: exit 0 if so.

The scene is the one of tests/house/plant.rs. Every 8x8 block that holds a pixel outside the shown rectangle or
inside the mask has to be within 3 of 255 of (96, 128, 128) in Y, Cb and Cr; and the shown part must not be flat.
"""
import sys

from PIL import Image, ImageDraw

FILL, TOLERANCE, BLOCK = (96, 128, 128), 3, 8
SHOW = [(0.05, 0.10), (0.95, 0.10), (0.95, 0.95), (0.05, 0.95)]
MASK = [(0.4, 0.3), (0.6, 0.35), (0.55, 0.6), (0.42, 0.5)]

picture = Image.open(sys.argv[1])
picture.draft("YCbCr", picture.size)
pixels = picture.convert("YCbCr") if picture.mode != "YCbCr" else picture
width, height = pixels.size
scaled = lambda polygon: [(x * width, y * height) for x, y in polygon]
hidden = Image.new("L", pixels.size, 255)
draw = ImageDraw.Draw(hidden)
draw.polygon(scaled(SHOW), fill=0)
draw.polygon(scaled(MASK), fill=255)

covered = worst = 0
for top in range(0, height, BLOCK):
    for left in range(0, width, BLOCK):
        box = (left, top, min(left + BLOCK, width), min(top + BLOCK, height))
        if hidden.crop(box).getextrema()[1] == 0:
            continue
        covered += 1
        for (low, high), fill in zip(pixels.crop(box).getextrema(), FILL):
            worst = max(worst, abs(low - fill), abs(high - fill))
shown = pixels.crop((int(width * 0.1), int(height * 0.15), int(width * 0.35), int(height * 0.8)))
low, high = shown.getextrema()[0]
print(f"{width}x{height}: {covered} covered blocks, worst deviation {worst}; shown luma {low} to {high}")
sys.exit(0 if covered > 100 and worst <= TOLERANCE and high - low > 60 else 1)
