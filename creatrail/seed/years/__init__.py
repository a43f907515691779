"""An account as large brands have one: a thousand creators, fifty campaigns and two years of clicks, stored by COPY."""
