"""What the losses have in common."""

from __future__ import annotations

from torch import nn

from .arguments import REDUCTIONS, Reduction, check_choice


class NamedLoss(nn.Module):
    """Loss with a name in the log, a factor and a reduction.

    Args:
        reduction (str): ``'none'``, ``'mean'`` or ``'sum'``.
        loss_weight (float): Factor of the loss.
        loss_name (str): Name in the log; a name that starts with ``loss_``
            is trained on.

    Raises:
        ValueError: If the reduction is none of those.
    """

    def __init__(
        self, reduction: Reduction, loss_weight: float, loss_name: str
    ) -> None:
        super().__init__()
        self.reduction = check_choice('reduction', reduction, REDUCTIONS)
        self.loss_weight = loss_weight
        self._loss_name = loss_name

    @property
    def loss_name(self) -> str:
        """Name of the loss in the log."""
        return self._loss_name

    def reduction_or(self, override: Reduction | None) -> Reduction:
        """Return the reduction of a call, the module's if it names none.

        Raises:
            ValueError: If it is none.
        """
        return check_choice(
            'reduction_override', override or self.reduction, REDUCTIONS
        )
