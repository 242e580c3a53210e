"""The gateway: facts by HTTP. It checks who may say what, and puts what it understood into the fact log."""
