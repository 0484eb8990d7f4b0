"""How a person says what to hold back: a share of the images or a least probability."""

import re

ASKED = re.compile(r"(?P<share>\d{1,2}(\.\d+)?)\s*%|(?P<probability>0?\.\d+|[01](\.0+)?)")
