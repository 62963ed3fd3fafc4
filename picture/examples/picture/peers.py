"""What a user would write instead: one line on stdin is one picture of each, the answer its nanoseconds of CPU.

OpenCV: decode, fill the polygons, encode at quality 88. libjpeg-turbo: decode to planes, fill them, encode. ffmpeg:
decode, draw the polygons' boxes, encode; what a process of six frames takes more than one of a single frame.
"""
import ctypes
import ctypes.util
import json
import resource
import subprocess
import sys
import time

import cv2
import numpy

cv2.setNumThreads(1)
frame = numpy.fromfile(sys.argv[1], numpy.uint8)
width, height = int(sys.argv[2]), int(sys.argv[3])
polygons = [
    numpy.array([[x * width, y * height] for x, y in polygon]).round().astype(numpy.int32)
    for polygon in json.loads(sys.argv[4])
]


def opencv():
    pixels = cv2.imdecode(frame, cv2.IMREAD_COLOR)
    cv2.fillPoly(pixels, polygons, (96, 96, 96))
    cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 88])


turbo = ctypes.CDLL("libturbojpeg.so.0")
turbo.tjInitDecompress.restype = turbo.tjInitCompress.restype = ctypes.c_void_p
turbo.tjBufSizeYUV2.restype = ctypes.c_ulong
reader, writer = ctypes.c_void_p(turbo.tjInitDecompress()), ctypes.c_void_p(turbo.tjInitCompress())
SHARED = 2  # 4:2:0
planes = numpy.zeros(turbo.tjBufSizeYUV2(width, 1, height, SHARED), numpy.uint8)
pointer = planes.ctypes.data_as(ctypes.c_void_p)
half = ((height + 1) // 2, (width + 1) // 2)
luma = planes[: width * height].reshape(height, width)
colours = planes[width * height :].reshape(2, *half)
smaller = [polygon // 2 for polygon in polygons]


def turbojpeg():
    data = frame.ctypes.data_as(ctypes.c_void_p)
    size = ctypes.c_ulong(len(frame))
    if turbo.tjDecompressToYUV2(reader, data, size, pointer, width, 1, height, 0):
        raise RuntimeError("libjpeg-turbo refused the frame")
    cv2.fillPoly(luma, polygons, 96)
    for colour in colours:
        cv2.fillPoly(colour, smaller, 128)
    out, length = ctypes.c_void_p(), ctypes.c_ulong()
    if turbo.tjCompressFromYUV(
        writer, pointer, width, 1, height, SHARED, ctypes.byref(out), ctypes.byref(length), 88, 0
    ):
        raise RuntimeError("libjpeg-turbo wrote no picture")
    turbo.tjFree(out)


boxes = ",".join(
    f"drawbox={low[0]}:{low[1]}:{high[0] - low[0]}:{high[1] - low[1]}:0x606060:fill"
    for low, high in ((polygon.min(axis=0), polygon.max(axis=0)) for polygon in polygons)
)


def ffmpeg_of(count):
    words = "ffmpeg -v error -threads 1 -filter_threads 1 -f mjpeg -i - -vf".split()
    words += [boxes, *"-threads 1 -q:v 3 -f mjpeg -y /dev/null".split()]
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, input=frame.tobytes() * count, check=True)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime) * 1e9)


for _ in sys.stdin:
    times = []
    for peer in (opencv, turbojpeg):
        began = time.thread_time_ns()
        peer()
        times.append(time.thread_time_ns() - began)
    times.append((ffmpeg_of(6) - ffmpeg_of(1)) // 5)
    print(*times, flush=True)
