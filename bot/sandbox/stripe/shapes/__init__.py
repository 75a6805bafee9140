"""Stripe's objects as they are made, in the newest API version's shape.

Field by field from docs.stripe.com/api. What a sandbox has no use for stands as Stripe gives it
where it was never set. Fees aren't taken.
"""
