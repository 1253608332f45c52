select {{ x ? 1 : 2 }}
