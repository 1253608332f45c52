import type { Truth } from './truth.ts'

export const recursive: readonly Truth[] = [
  {
    title: 'a tree of employees',
    sql: `
      with recursive tree as (
        select id, name, manager_id, 1 as depth, name as path from employees where manager_id is null
        union all
        select e.id, e.name, e.manager_id, t.depth + 1, t.path || ' > ' || e.name
        from employees e join tree t on e.manager_id = t.id
      )
      select id, name, depth, path from tree`,
    columns: {
      id: 'employees.id',
      name: 'employees.name',
      depth: '',
      path: 'employees.name ~employees.name',
    },
    filter: 'employees.manager_id',
    join: 'employees.manager_id employees.id',
  },
  {
    title: 'columns that wander from one to the next',
    sql: `
      with recursive r (a, b, c) as (
        select id, 0, '' from orders
        union all
        select b, length(c), (select max(name) from customers) from r where a < 5
      )
      select a, b, c from r`,
    columns: { a: 'orders.id ~customers.name', b: '~customers.name', c: '~customers.name' },
    filter: 'orders.id customers.name',
  },
  {
    title: 'a series of numbers',
    sql: `with recursive n (i) as (values (1) union all select i + 1 from n where i < 10) select i from n`,
    columns: { i: '' },
  },
  {
    title: 'the topmost of each',
    sql: `
      with recursive up as (
        select id as employee_id, id as boss_id, manager_id from employees
        union all
        select up.employee_id, e.id, e.manager_id from up join employees e on e.id = up.manager_id
      )
      select employee_id, boss_id from up where manager_id is null`,
    columns: { employee_id: 'employees.id', boss_id: 'employees.id' },
    filter: 'employees.manager_id',
    join: 'employees.id employees.manager_id',
  },
  {
    title: 'referrals with a sum on the way',
    sql: `
      with recursive chain as (
        select c.id, c.referrer_id, o.amount as worth from customers c join orders o on o.customer_id = c.id
        union
        select c.id, c.referrer_id, chain.worth * 0.5 from chain join customers c on c.id = chain.referrer_id
      )
      select id, sum(worth) as worth from chain group by id`,
    columns: { id: 'customers.id', worth: '~orders.amount' },
    join: 'orders.customer_id customers.id customers.referrer_id',
    group: 'customers.id',
  },
  {
    title: 'with recursive over a CTE that is not',
    sql: `
      with recursive plain as (select id, status from orders), r as (
        select id, status from plain union all select r.id + 1, r.status from r where r.id < 3
      )
      select id, status from r`,
    columns: { id: 'orders.id ~orders.id', status: 'orders.status' },
    filter: 'orders.id',
  },
  {
    title: 'a search order and a cycle mark',
    sql: `
      with recursive tree as (
        select id, manager_id from employees where manager_id is null
        union all
        select e.id, e.manager_id from employees e join tree t on e.manager_id = t.id
      ) search depth first by id set place cycle id set looped using way
      select id from tree order by place`,
    columns: { id: 'employees.id' },
    filter: 'employees.manager_id',
    join: 'employees.manager_id employees.id',
    order: 'employees.id',
  },
]
