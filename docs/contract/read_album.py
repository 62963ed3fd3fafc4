#!/usr/bin/env python3
"""Lists what an album says: read_album.py SITE-KEY-FILE NUMBER PLACE [PREFIX [order|body|vin]]

PLACE is a folder that mirrors the bucket, or s3://BUCKET (needs boto3). NUMBER stays here: only its HMAC is looked up.
"""
import hashlib, hmac, json, pathlib, sys


def album_of(site_key_text, order, kind="order"):
    label, digits = site_key_text.split()
    assert label == "lineshot-site-key-1" and len(digits) == 64, "this is no site key"
    message = b"\0".join([b"lineshot/album/1", kind.encode(), order.encode()])
    return hmac.new(bytes.fromhex(digits), message, hashlib.sha256).hexdigest()[:32]


def records_in(place, folder):
    if not place.startswith("s3://"):
        return [path.read_bytes() for path in sorted(pathlib.Path(place, folder).glob("*.json"))]
    import boto3
    client, bucket = boto3.client("s3"), place.removeprefix("s3://")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder + "/", Delimiter="/")
    keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    return [client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys if key.endswith(".json")]


def main(key_file, number, place, prefix="", kind="order"):
    album, found = album_of(pathlib.Path(key_file).read_text(), number, kind), 0
    for trial in ["", "unreleased/"]:
        folder = (prefix + "/" if prefix else "") + trial + "albums/" + album
        for record in map(json.loads, records_in(place, folder)):
            found += 1
            for view in record["views"]:
                print(record["station"]["id"], view["view"], view["state"], view.get("reason", ""), view["arrived"])
                for picture in view["pictures"]:
                    print(f"  {folder}/{picture['key']} {picture['width']}x{picture['height']}")
    sys.exit(None if found else f"no record of this {kind} in {place}")


if __name__ == "__main__":
    main(*sys.argv[1:]) if 4 <= len(sys.argv) <= 6 else sys.exit(__doc__)
