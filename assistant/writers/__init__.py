"""Who phrases: quotes without a model, any chat model, and the model on this computer."""
