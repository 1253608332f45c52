select * from {{ this.shcema }}.x
