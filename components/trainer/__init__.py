"""The models of the experiments (one module a model) and what they share: input, fit, export."""
