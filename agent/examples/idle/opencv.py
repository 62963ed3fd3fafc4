"""What a user would write to have the newest frame at hand: read all of them, keep the last."""
import sys

import cv2

capture = cv2.VideoCapture(sys.argv[1])
newest = None
while True:
    is_there, frame = capture.read()
    if is_there:
        newest = frame
