/** What the queries of the truths read: what stands between the parentheses of CREATE TABLE, by name. */
export const sharedRelations: Readonly<Record<string, string>> = {
  customers:
    'id int, name text, email text, city text, country text, referrer_id int, created_at timestamptz, tags text[]',
  orders:
    'id int, customer_id int, status text, amount numeric, tax numeric, placed_at timestamptz, shipped_at timestamptz',
  old_orders: 'id int, customer_id int, status text, amount numeric',
  items: 'order_id int, line int, product_id int, quantity int, price numeric',
  products: 'id int, name text, category text, cost numeric, attributes jsonb',
  payments: 'id int, order_id int, method text, amount numeric, paid_at timestamptz',
  events: 'id bigint, user_id int, name text, page text, at timestamptz, properties jsonb',
  records: 'id int, data jsonb, source_instance_id int, loaded_at timestamptz, deleted_at timestamptz',
  documents: 'id int, body json, title text, labels text[]',
  employees: 'id int, manager_id int, name text, department text, salary numeric, hired_on date',
  subscriptions: 'customer_id int, plan text, started_on date, ended_on date, price numeric',
  rates: 'currency text, valid_from date, valid_to date, rate numeric',
  quarters: 'customer_id int, q1 numeric, q2 numeric, q3 numeric, q4 numeric',
  visits: 'patient_id int, visit_no int, visited_on date, site text',
  'bronze.patients': 'id int, data jsonb, source_instance_id int, deleted_at timestamptz',
  'bronze.visits': 'id int, data jsonb, source_instance_id int, deleted_at timestamptz',
}
