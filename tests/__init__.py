"""The tests, one folder per part of the project. Nothing here is imported by the project itself."""
