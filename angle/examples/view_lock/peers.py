"""What a user would write instead, with OpenCV: the same method by `matchTemplate`, and ORB with RANSAC.

A line on stdin, `enrol` or `judge`, is about the JPEG whose path is the argument. The answer to `judge`: milliseconds of
the thread's CPU for decoding, down-scaling, `matchTemplate`, ORB; then 1 or 0, accepted by each.
"""
import itertools
import sys
import time

import cv2
import numpy as np

cv2.setNumThreads(1)
WIDTH, HEIGHT, SCALE, SIDE, REACH, TOLERANCE = 1920, 1080, 4, 24, 14, 4.0
HALF = SIDE // 2
CORNERS = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]]) * [WIDTH / 2, HEIGHT / 2]


def small(frame):
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return cv2.resize(grey, (WIDTH // SCALE, HEIGHT // SCALE), interpolation=cv2.INTER_AREA)


def field(grey):
    grey = grey.astype(np.float32)
    above = cv2.GaussianBlur(grey, (0, 0), 0.8) - cv2.GaussianBlur(grey, (0, 0), 6)
    return above / (np.sqrt(cv2.GaussianBlur(above * above, (0, 0), 6)) + 4)


def around(values, x, y):
    return values[y - HALF - REACH : y + HALF + REACH, x - HALF - REACH : x + HALF + REACH]


def enrol(grey):
    values = field(grey)
    raw = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.8)
    across, along = cv2.Sobel(raw, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(raw, cv2.CV_32F, 0, 1) / 8
    xx, yy, xy = (cv2.boxFilter(it, -1, (SIDE, SIDE)) for it in (across**2, along**2, across * along))
    edges = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    height, width = grey.shape
    margin = REACH + HALF + 1
    found = []
    for row, column in itertools.product(range(6), range(8)):
        y0, y1 = max(margin, height * row // 6), min(height - margin, height * (row + 1) // 6)
        x0, x1 = max(margin, width * column // 8), min(width - margin, width * (column + 1) // 8)
        for _ in range(2):
            cell = edges[y0:y1, x0:x1]
            if not cell.size or cell.max() < 0.25:
                break
            down, right = np.unravel_index(cell.argmax(), cell.shape)
            x, y = x0 + right, y0 + down
            patch = values[y - HALF : y + HALF, x - HALF : x + HALF]
            scores = cv2.matchTemplate(around(values, x, y), patch, cv2.TM_CCOEFF_NORMED)
            scores[REACH - 3 : REACH + 4, REACH - 3 : REACH + 4] = -1
            if scores.max() < 0.85:
                found.append((edges[y, x], x, y, patch.copy()))
                break
            edges[y - 6 : y + 7, x - 6 : x + 7] = 0
    found.sort(key=lambda it: -it[0])
    return [it[1:] for it in found[:32]]


def top(before, middle, after):
    bend = before - 2 * middle + after
    return 0 if abs(bend) < 1e-9 else np.clip((before - after) / (2 * bend), -0.5, 0.5)


def similarity(one, other):
    one, other = one[:, 0] + 1j * one[:, 1], other[:, 0] + 1j * other[:, 1]
    middle, second = one.mean(), other.mean()
    turn = ((other - second) * np.conj(one - middle)).sum() / (abs(one - middle) ** 2).sum()
    return turn, second - turn * middle


def is_same(anchors, grey):
    values = field(grey)
    places, moves = [], []
    for x, y, patch in anchors:
        scores = cv2.matchTemplate(around(values, x, y), patch, cv2.TM_CCOEFF_NORMED)
        i, j = np.unravel_index(scores.argmax(), scores.shape)
        others = scores.copy()
        others[max(0, i - 3) : i + 4, max(0, j - 3) : j + 4] = -1
        if scores[i, j] < 0.5 or scores[i, j] - others.max() < 0.05:
            continue
        inner = 0 < i < 2 * REACH - 1 and 0 < j < 2 * REACH - 1
        right = top(scores[i, j - 1], scores[i, j], scores[i, j + 1]) if inner else 0
        down = top(scores[i - 1, j], scores[i, j], scores[i + 1, j]) if inner else 0
        places.append((x, y))
        moves.append((j + right - REACH, i + down - REACH))
    least = max(5, int(np.ceil(0.2 * len(anchors))))
    if len(places) < least:
        return False
    places = (np.array(places, float) - [WIDTH / SCALE / 2, HEIGHT / SCALE / 2]) * SCALE
    targets = places + np.array(moves) * SCALE
    best = None
    for i, j in itertools.combinations(range(len(places)), 2):
        if np.linalg.norm(places[i] - places[j]) < 200:
            continue
        turn, shift = similarity(places[[i, j]], targets[[i, j]])
        if abs(abs(turn) - 1) > 0.08 or abs(np.angle(turn)) > 0.08:
            continue
        there = turn * (places[:, 0] + 1j * places[:, 1]) + shift
        errors = abs(there - targets[:, 0] - 1j * targets[:, 1])
        agree = errors < 3
        key = (agree.sum(), -errors[agree].sum())
        if best is None or key > best[0]:
            best = key, agree
    if best is None or best[0][0] < least:
        return False
    agree = best[1]
    if np.ptp(places[agree][:, 0]) < 0.25 * WIDTH or np.ptp(places[agree][:, 1]) < 0.2 * HEIGHT:
        return False
    turn, shift = similarity(places[agree], targets[agree])
    corners = CORNERS[:, 0] + 1j * CORNERS[:, 1]
    return abs(turn * corners + shift - corners).max() <= TOLERANCE


orb, matcher = cv2.ORB_create(800), cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)


def points(frame):
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return orb.detectAndCompute(cv2.resize(grey, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA), None)


def is_same_by_orb(known, frame):
    found, words = points(frame)
    if words is None or known[1] is None:
        return False
    matches = matcher.match(known[1], words)
    if len(matches) < 12:
        return False
    middle = [WIDTH / 2, HEIGHT / 2]
    one = np.array([known[0][it.queryIdx].pt for it in matches]) * 2 - middle
    other = np.array([found[it.trainIdx].pt for it in matches]) * 2 - middle
    turn, agree = cv2.estimateAffinePartial2D(
        one, other, method=cv2.RANSAC, ransacReprojThreshold=3, maxIters=1000, confidence=0.99
    )
    if turn is None or agree.sum() < 12:
        return False
    return np.linalg.norm(CORNERS @ turn[:, :2].T + turn[:, 2] - CORNERS, axis=1).max() <= TOLERANCE


anchors = known = None
for line in sys.stdin:
    data = np.fromfile(sys.argv[1], np.uint8)
    clock = [time.thread_time()]
    frame = cv2.imdecode(data, cv2.IMREAD_COLOR)
    clock.append(time.thread_time())
    grey = small(frame)
    clock.append(time.thread_time())
    if line.strip() == "enrol":
        anchors, known = enrol(grey), points(frame)
        print(len(anchors), flush=True)
        continue
    ours = is_same(anchors, grey)
    clock.append(time.thread_time())
    orbs = is_same_by_orb(known, frame)
    clock.append(time.thread_time())
    times = [f"{(after - before) * 1e3:.3f}" for before, after in zip(clock, clock[1:])]
    print(*times, int(ours), int(orbs), flush=True)
