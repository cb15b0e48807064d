import sys
from urllib.request import urlopen

print(urlopen(sys.argv[1], timeout=10).read().decode())  # noqa: S310  # the URL is the test's
