select {{ nothing }}
