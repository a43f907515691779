"""Coupons by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.coupons.queries import CouponRow, find_coupons


def make_coupon_loader(context: Context) -> DataLoader[int, CouponRow | None]:
    return make_row_loader(context, find_coupons)
