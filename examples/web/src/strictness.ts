import type { TypedDocumentNode } from "@graphql-typed-document-node/core";

import type * as documents from "./generated/graphql";

/** True where a type has a hole anywhere inside: what a missing scalar or an untyped field would leave. */
type IsLoose<T> = 0 extends 1 & T
  ? true
  : T extends null | undefined | string | number | boolean
    ? false
    : T extends readonly (infer Item)[]
      ? IsLoose<Item>
      : T extends object
        ? true extends { [Name in keyof T]-?: IsLoose<T[Name]> }[keyof T]
          ? true
          : false
        : true;

type Documents = {
  [Name in keyof typeof documents as (typeof documents)[Name] extends TypedDocumentNode<infer _R, infer _V>
    ? Name
    : never]: (typeof documents)[Name] extends TypedDocumentNode<infer Result, infer Variables>
    ? IsLoose<Result> extends true
      ? "its answer is loosely typed"
      : IsLoose<Variables> extends true
        ? "its variables are loosely typed"
        : "strict"
    : never;
};

/** A compile error here names the query whose types have a hole. */
export const everyQueryIsStrict = (found: Documents): Record<keyof Documents, "strict"> => found;
