"""From a Program to a function that runs it."""

from graphrt.plan.plan import Plan as Plan
from graphrt.plan.plan import make_plan as make_plan
