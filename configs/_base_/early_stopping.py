# Stop when the score has not improved for five validations, end with the
# best weights, and log the validation loss. Add it to the list of bases, and
# default_hooks = _base_.early_stopping to the leaf. Hooks with names stay when
# a later config sets custom_hooks, and options reach them:
#   --cfg-options default_hooks.early_stopping.patience=10
early_stopping = dict(
    validation_loss=dict(type='ValidationLossHook'),
    early_stopping=dict(
        type='RestoringEarlyStoppingHook', monitor='mIoU', patience=5
    ),
)
