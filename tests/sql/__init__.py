"""The warehouse on the real engine: migrations, row models, views, replays."""
