# Stop when the score has not improved for five validations, end with the
# best weights, and log the validation loss. Add it to the list of bases; other
# hooks join it as custom_hooks = [*_base_.custom_hooks, dict(…)].
custom_hooks = [
    dict(type='ValidationLossHook'),
    dict(type='RestoringEarlyStoppingHook', monitor='mIoU', patience=5),
]
