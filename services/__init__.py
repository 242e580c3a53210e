"""The processes of Esep; each folder is one service, they meet on topics and never import each other."""
