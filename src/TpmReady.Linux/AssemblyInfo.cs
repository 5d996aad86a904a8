// SPDX-License-Identifier: MIT

using System.Runtime.CompilerServices;

// Every native signature here is blittable; the marshaller would only add code and allocations.
[assembly: DisableRuntimeMarshalling]
