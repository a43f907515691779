"""What is set of policies for accounts, campaigns and links beside each other, together."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.bots.policies.queries import PolicyTarget, read_layers
from tracking.bots.policies.rules import Layer


def make_layers_loader(context: Context) -> DataLoader[PolicyTarget, list[Layer]]:
    async def load(targets: list[PolicyTarget]) -> list[list[Layer]]:
        return await read_layers(context.pool, context.account_id, targets)

    return DataLoader(load_fn=load)
