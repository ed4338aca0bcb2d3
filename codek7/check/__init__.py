"""codek7's HLS validator: does a presentation say what its bytes are, and say it as the rules ask?"""

from codek7.check.fetch import Answer, Delivery, Fetch, LocalFetch, Read
from codek7.check.http import HttpFetch
from codek7.check.presentation import check_presentation
from codek7.check.report import Fault, Report, Rule
from codek7.check.rules import RULES

__all__ = [
    "RULES",
    "Answer",
    "Delivery",
    "Fault",
    "Fetch",
    "HttpFetch",
    "LocalFetch",
    "Read",
    "Report",
    "Rule",
    "check_presentation",
]
