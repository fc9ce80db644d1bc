"""How members come to their own pages: links, codes by mail, sessions; a lower room for all."""
