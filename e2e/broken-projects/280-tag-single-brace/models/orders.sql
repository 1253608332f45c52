select { ref("orders") } as id
