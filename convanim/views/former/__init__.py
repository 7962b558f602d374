"""The plans of before, for the views that have not been rewritten."""

from __future__ import annotations

from typing import Any

from convanim.layers import Chain, Rearrange
from convanim.plans import Plan as OnePlan
from convanim.plans import Rule, Stage
from convanim.views.former.chain import ChainPlan
from convanim.views.former.channel_chain import ChannelChainPlan
from convanim.views.former.channel_plan import ChannelPlan, ChannelStep, Needs
from convanim.views.former.gather import Plan
from convanim.views.former.routes import RoutePlan
from convanim.views.former.scatter import ScatterPlan
from convanim.views.former.steps import TAP_LIMIT, Cell, Grid, Ints, Step, Taps, Values

__all__ = [
    "TAP_LIMIT",
    "AnyPlan",
    "Cell",
    "ChainPlan",
    "ChannelChainPlan",
    "ChannelPlan",
    "ChannelStep",
    "Grid",
    "Ints",
    "Needs",
    "OnePlan",
    "Plan",
    "Rule",
    "ScatterPlan",
    "Step",
    "Taps",
    "Values",
    "former",
    "kind_of",
]

AnyPlan = Plan | ScatterPlan | ChainPlan | ChannelPlan | ChannelChainPlan


def kind_of(plan: OnePlan) -> str:
    if plan.has_channels:
        if plan.is_chain:
            return "channel_chain"
        return "routes" if isinstance(plan.layer, Rearrange) else "channels"
    if plan.is_chain:
        return "chain"
    if plan.last.is_stamped:
        return "scatter"
    return "volume" if plan.dims == 3 else "gather"


def former(plan: OnePlan) -> Any:
    given = plan.tensors[0].values
    if plan.has_channels:
        plans = tuple(
            (RoutePlan if isinstance(one.layer, Rearrange) else ChannelPlan)(
                one.layer, plan.walk.order, plan.values(one.source), one.kernel, one.bias
            )
            for one in plan.main
        )
        return ChannelChainPlan(plan.layer, plans) if isinstance(plan.layer, Chain) else plans[0]
    found = [_plane(plan, stage) for stage in plan.main]
    if plan.last.is_stamped:
        found[-1] = ScatterPlan(found[-1])
    if not isinstance(plan.layer, Chain):
        return found[0]
    other = _plane(plan, plan.stages[0]) if plan.layer.compared else None
    return ChainPlan(plan.layer, tuple(found), other)


def _plane(plan: OnePlan, stage: Stage) -> Any:
    kernel = None if stage.kernel is None else stage.kernel[0, 0]
    return Plan(stage.layer, plan.plane(stage.source, 0), kernel)
